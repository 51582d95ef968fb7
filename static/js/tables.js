// A table that is wider than the page can be reached and scrolled by keyboard; one that fits is no
// stop on the way.
const widths = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});

document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  for (const sheet of [elt, ...elt.querySelectorAll(".table-sheet")]) {
    if (sheet.matches(".table-sheet")) widths.observe(sheet);
  }
});
