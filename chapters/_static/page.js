// What scrolls sideways can be scrolled with keys, and shows at its edge that it goes on.
{
  const wide = ".formula, .drawing, .bd-article :is(pre, .pst-scrollable-table-container)";
  const boxes = [...document.querySelectorAll(wide)];
  const watch = new ResizeObserver((entries) => mark(entries.map(({ target }) => target)));
  for (const box of boxes) {
    watch.observe(box);
    box.addEventListener("scroll", () => mark([box]), { passive: true });
  }
  // A formula changes its width when its letters come. (fonts.ready would lay the page out at once.)
  document.fonts.addEventListener("loadingdone", () => mark(boxes));

  // What is folded away need not be laid out to be measured: it is when its fold opens. And all
  // are measured before any is changed: the page is laid out once, not once for each.
  function mark(some) {
    const seen = some.filter((box) => box.checkVisibility());
    const hidden = seen.map((box) => box.scrollWidth - box.clientWidth);
    const scrolled = seen.map((box) => box.scrollLeft);
    seen.forEach((box, i) => show(box, hidden[i], scrolled[i]));
  }

  function show(box, hidden, scrolled) {
    const over = hidden > 1;
    box.classList.toggle("goes-on", over && scrolled < hidden - 1);
    if (over) {
      box.tabIndex = 0;
      if (box.dataset.name) {
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", box.dataset.name);
      }
    } else {
      box.removeAttribute("tabindex");
    }
  }
}

// The other edition opens at the section that is being read.
for (const link of document.querySelectorAll("a.edition")) {
  const base = link.href;
  link.addEventListener("click", () => {
    const begun = [...document.querySelectorAll(".bd-article section[id]")].filter(
      (section) => section.getBoundingClientRect().top < innerHeight / 3,
    );
    link.href = scrollY > 120 && begun.length ? `${base}#${begun.at(-1).id}` : base;
  });
}
