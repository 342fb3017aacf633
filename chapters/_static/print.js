// A page is printed with all that is folded open, and light, however it was read.
const undo = [];

/** @param {Element} title */
function name_what_lies_open(title) {
  const text = title.textContent;
  const name = text.trim().replace(/^(?:Show (?:the|a) |展开)(.)/, (_, first) => first.toUpperCase());
  if (name === text.trim()) return;
  title.textContent = name;
  undo.push(() => {
    title.textContent = text;
  });
}

addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("details:not([open])")) {
    fold.open = true;
    undo.push(() => {
      fold.open = false;
    });
  }
  for (const title of document.querySelectorAll("summary:not(:has(*)), summary .collapsed"))
    name_what_lies_open(title);
  const page = document.documentElement.dataset;
  const { theme } = page;
  page.theme = "light";
  undo.push(() => {
    page.theme = theme;
  });
});

addEventListener("afterprint", () => {
  for (const step of undo.splice(0)) step();
});

document.querySelector(".btn-download-pdf-button")?.addEventListener("click", () => print());
