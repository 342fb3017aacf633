// A page is printed with all that is folded open, and light, however it was read.
const folded = [];
let theme;

addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("details:not([open])")) {
    fold.open = true;
    folded.push(fold);
  }
  theme = document.documentElement.dataset.theme;
  document.documentElement.dataset.theme = "light";
});

addEventListener("afterprint", () => {
  for (const fold of folded.splice(0)) fold.open = false;
  document.documentElement.dataset.theme = theme;
});
