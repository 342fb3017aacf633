/** Each figure that moves is fetched when its still picture comes near the screen. */

const own = /** @type {HTMLScriptElement} */ (document.currentScript).src;
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

const near = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) start(target);
    }
  },
  { rootMargin: "800px" },
);

/** @param {Element} cell */
async function start(cell) {
  near.unobserve(cell);
  if (!fetched.shared) fetch_style();
  const name = /tag_explorable-(\w+)/.exec(cell.className)?.[1] ?? "";
  await fetch_once("shared");
  await fetch_once(name);
  if (location.hash.slice(1).split("?")[0] === name)
    document.getElementById(name)?.scrollIntoView();
}

for (const cell of document.querySelectorAll('[class*="tag_explorable-"]')) {
  if (location.hash.startsWith(`#${/tag_explorable-(\w+)/.exec(cell.className)?.[1]}`)) start(cell);
  else near.observe(cell);
}
