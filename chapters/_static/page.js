// What scrolls sideways can be scrolled with keys, and shows at its edge that it goes on.
{
  const wide = ".formula, .drawing, .bd-article :is(pre, .pst-scrollable-table-container)";
  const watch = new ResizeObserver((entries) => {
    for (const { target } of entries) mark(target);
  });
  for (const box of document.querySelectorAll(wide)) {
    watch.observe(box);
    box.addEventListener("scroll", () => mark(box), { passive: true });
  }
  // A formula changes its width when its letters come.
  document.fonts.ready.then(() => document.querySelectorAll(wide).forEach(mark));

  function mark(box) {
    const hidden = box.scrollWidth - box.clientWidth;
    const over = hidden > 1;
    box.classList.toggle("goes-on", over && box.scrollLeft < hidden - 1);
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
