// What mdBook leaves out for people with a keyboard or a screen reader.
(() => {
  "use strict";

  // The button of the table of contents is a label of a checkbox that is not displayed.
  const toggle = document.getElementById("mdbook-sidebar-toggle");
  if (toggle) {
    toggle.setAttribute("role", "button");
    toggle.tabIndex = 0;
    toggle.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      toggle.click();
    });
  }

  // What is wider than the window can be scrolled with the keys once it has the focus.
  const watch = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  document.querySelectorAll(".content pre, .content pre > code, .content .table-wrapper")
    .forEach((block) => watch.observe(block));

  // The boxes of a checklist are named by its items.
  document.querySelectorAll(".content li > input[type='checkbox']").forEach((box) => {
    box.setAttribute("aria-label", box.parentElement.textContent.trim());
  });
})();
