/**
 * A card beside a link, with what the link leads to, while it is pointed at or has the focus.
 * The cards of a page are fetched with the first of them; see chapters/_ext/cards.py.
 */

const own = /** @type {HTMLScriptElement} */ (document.currentScript).src;
const site = new URL("../../", own).href;
const SHOW_AFTER = 200;
const HIDE_AFTER = 300;

const article = document.querySelector("article") ?? document.body;
const card = document.createElement("div");
card.id = "hover-card";
card.role = "tooltip";
// Above everything else, and closed by nothing but what is said below.
card.popover = "manual";

/** @type {Record<string, Promise<unknown>>} */
const fetched = {};

/** @type {(element: HTMLScriptElement | HTMLLinkElement) => Promise<unknown>} */
const arrival = (element) =>
  new Promise((resolve) => {
    element.onload = element.onerror = resolve;
    document.head.append(element);
  });

const fetch_style = () =>
  arrival(
    Object.assign(document.createElement("link"), {
      rel: "stylesheet",
      href: new URL("cards.css", own).href,
    }),
  );

/** @param {string} page */
const fetch_cards = (page) =>
  arrival(
    Object.assign(document.createElement("script"), {
      src: new URL(`../cards/${page}.js`, own).href,
    }),
  );

/** The name of the page and the place in it. @param {HTMLAnchorElement} link */
const target = (link) =>
  /^([\w-]+)\.html(?:\?[^#]*)?#(.+)$/.exec(link.href.replace(site, ""))?.slice(1);

/** What its card holds, if it has one. @type {(link: HTMLAnchorElement) => Promise<string | undefined>} */
async function content(link) {
  const [page, place] = target(link) ?? [];
  if (!page) return;
  fetched.style ??= fetch_style();
  fetched[`of ${page}`] ??= fetch_cards(page);
  await Promise.all([fetched.style, fetched[`of ${page}`]]);
  const { cards } = /** @type {{cards?: Record<string, Record<string, string>>}} */ (globalThis);
  return cards?.[page]?.[decodeURIComponent(place)];
}

/** The link that a card is wanted for, whether or not it is there yet. @type {Element | undefined} */
let wanted;
let close = () => {};

/** @param {Element | undefined} link */
const is_asked = (link) => link?.matches(":hover, :focus-visible");

/** @param {HTMLAnchorElement} link */
async function show(link) {
  const html = is_asked(link) && (await content(link));
  if (link === wanted && !is_asked(link)) wanted = undefined;
  if (link !== wanted || link.getAttribute("aria-describedby") === card.id) return;
  card.hidePopover();
  if (!html) return;
  card.innerHTML = html;
  // The browser would show the title as well, over the card.
  const { title } = link;
  link.removeAttribute("title");
  link.setAttribute("aria-describedby", card.id);
  link.style.setProperty("anchor-name", "--linked");
  close = () => {
    if (title) link.title = title;
    link.removeAttribute("aria-describedby");
    link.style.removeProperty("anchor-name");
  };
  card.showPopover();
}

function hide() {
  if (is_asked(wanted) || card.matches(":hover, :focus-within")) return;
  wanted = undefined;
  card.hidePopover();
}

/**
 * Where the pointer or the focus is, and where it was. Each waits, then looks if it is still so.
 * @type {(at: EventTarget | null, from?: EventTarget | null) => void}
 */
function notice(at, from) {
  const link = at instanceof Element ? at.closest("a[href*='#']") : null;
  if (!link || !article.contains(link) || card.contains(link)) {
    setTimeout(hide, HIDE_AFTER);
  } else if (!(from instanceof Node && link.contains(from))) {
    wanted = link;
    setTimeout(show, SHOW_AFTER, link);
  }
}

// Where the browser cannot place the card at the link, the link is just a link.
if (CSS.supports("position-area: block-end span-all")) {
  article.append(card);
  card.addEventListener("beforetoggle", ({ newState }) => {
    if (newState === "closed") close();
  });
  document.addEventListener("pointerover", ({ pointerType, target, relatedTarget }) => {
    if (pointerType !== "touch") notice(target, relatedTarget);
  });
  document.addEventListener("focusin", ({ target }) => {
    notice(target instanceof Element && target.matches(":focus-visible") ? target : null);
  });
  document.addEventListener("focusout", () => notice(null));
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") card.hidePopover();
  });
}
