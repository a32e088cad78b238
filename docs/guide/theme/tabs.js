// Makes tabs of the samples in `<div class="tabs">`: one for each block of code, named by its
// language. The choice holds for all samples and pages.
(() => {
  "use strict";

  const NAMES = { rust: "Rust", python: "Python" };
  const KEY = "tremolo-guide-language";
  const groups = [];

  const languageOf = (block) =>
    Object.keys(NAMES).find((name) => block.querySelector(`code.language-${name}`));

  function select(language, remember) {
    for (const { tabs } of groups) {
      if (!tabs.some((tab) => tab.language === language)) continue;
      for (const tab of tabs) {
        const selected = tab.language === language;
        tab.button.setAttribute("aria-selected", String(selected));
        tab.button.tabIndex = selected ? 0 : -1;
        tab.panel.hidden = !selected;
      }
    }
    if (remember) {
      try {
        localStorage.setItem(KEY, language);
      } catch {
        // A browser without storage chooses again on each page.
      }
    }
  }

  function build(element, index) {
    const list = document.createElement("div");
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", "Language");
    const tabs = [...element.children].flatMap((panel) => {
      const language = languageOf(panel);
      return language ? [{ language, panel }] : [];
    });
    tabs.forEach((tab, position) => {
      const { language } = tab;
      const panel = document.createElement("div");
      tab.panel.replaceWith(panel);
      panel.append(tab.panel);
      tab.panel = panel;
      panel.id = `sample-${index}-${language}`;
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", `${panel.id}-tab`);
      const button = document.createElement("button");
      button.id = `${panel.id}-tab`;
      button.type = "button";
      button.textContent = NAMES[language];
      button.setAttribute("role", "tab");
      button.setAttribute("aria-controls", panel.id);
      button.addEventListener("click", () => select(language, true));
      button.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        // The keys of the page would go to another chapter.
        event.preventDefault();
        event.stopPropagation();
        const next = tabs[(position + step + tabs.length) % tabs.length];
        select(next.language, true);
        next.button.focus();
      });
      tab.button = button;
      list.append(button);
    });
    element.prepend(list);
    groups.push({ tabs });
  }

  document.querySelectorAll(".tabs").forEach(build);
  let chosen = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    // As above.
  }
  select("rust", false);
  if (chosen in NAMES) select(chosen, false);
})();
