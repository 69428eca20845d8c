// Before anything is painted: the colours somebody chose last time. A classic script, so that it runs at once.
"use strict";
(() => {
  const root = document.documentElement;
  const remembered = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const themes = ["system", "light", "dark"];
  root.dataset.theme = themes.includes(remembered()) ? remembered() : "system";
  document.addEventListener("DOMContentLoaded", () => {
    for (const radio of document.querySelectorAll("#theme input")) {
      radio.checked = radio.value === root.dataset.theme;
      radio.addEventListener("change", () => {
        root.dataset.theme = radio.value;
        try { localStorage.setItem("theme", radio.value); } catch { /* private windows forget */ }
        document.dispatchEvent(new Event("themechange"));
      });
    }
  });
})();
