/** Each figure that moves is fetched when its still picture comes near the screen. */

const script = /** @type {HTMLScriptElement} */ (document.currentScript);
const own = script.src;
/** @type {Record<string, Promise<void>>} */
const fetched = {};

/** @type {(name: string) => Promise<void>} */
function fetch_once(name) {
  fetched[name] ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(`${name}.js`, own).href;
    script.onload = () => resolve();
    script.onerror = () => reject(new Error(`${name} could not be fetched`));
    document.head.append(script);
  });
  return fetched[name];
}

function fetch_style() {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL("explorables.css", own).href;
  document.head.append(link);
}

/** Whatever is fetched needs what all have in common. @type {(name: string) => Promise<void>} */
async function fetch_with_shared(name) {
  if (!fetched.shared) fetch_style();
  await fetch_once("shared");
  await fetch_once(name);
}

const near = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) start(target);
    }
  },
  { rootMargin: "800px" },
);

/** @type {(place: Element) => string | undefined} */
const name_of = (place) =>
  place.id === "exercises"
    ? script.dataset.exercises && `exercises-${script.dataset.exercises}`
    : /tag_explorable-(\w+)/.exec(place.className)?.[1];

/** @param {Element} place */
async function start(place) {
  near.unobserve(place);
  const name = name_of(place) ?? "";
  await fetch_with_shared(name);
  if (asked_for(name)) document.getElementById(name)?.scrollIntoView();
}

/** @param {string} name */
const asked_for = (name) => location.hash.slice(1).split("?")[0] === name;

for (const place of document.querySelectorAll('[class*="tag_explorable-"], section#exercises')) {
  const name = name_of(place);
  if (name && asked_for(name)) start(place);
  else if (name) near.observe(place);
}
