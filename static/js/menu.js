// Closes an open group of the menu when somebody clicks elsewhere or presses Escape.
document.addEventListener("click", (event) => closeGroups(event.target.closest("details.menu-group")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.menu-group[open]");
  closeGroups(null);
  open?.querySelector("summary").focus();
});

function closeGroups(except) {
  for (const group of document.querySelectorAll("details.menu-group[open]")) {
    if (group !== except) group.open = false;
  }
}
