// The training of page 9.1.5's figure, as JSON: node center_steps.mjs LATER RANDOM '{"weight": 0.1, …}'
const [later, random, asked] = process.argv.slice(2);
const { forward, images, labels, training } = await import(later);
const { shuffled } = await import(random);
const { steps, shown = [], ...settings } = JSON.parse(asked);

const pixels = Float64Array.from(images, (letter) => (letter.charCodeAt(0) - 97) / 16);
const known = labels.length - 450;
const run = training({ pixels, labels: [...labels.slice(0, known)].map(Number) }, settings);
const copy = () => run.parameters.map((values) => [...values]);
const first = copy();
const losses = Array.from({ length: steps }, () => run.step());
const features = Array.from({ length: 450 }, (_, i) => {
  const image = pixels.subarray((known + i) * 64, (known + i + 1) * 64);
  return forward(run.parameters, image).x;
});
const orders = shown.map((epoch) => shuffled(settings.seed, epoch, known));
console.log(
  JSON.stringify({ first, losses, features, centers: run.centers, last: copy(), orders }),
);
