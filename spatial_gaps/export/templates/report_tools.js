// Region filter, London, dark and light, download, hexagons: all made here, none needed to read the page.
(() => {
  const map = document.getElementById("map"), hexes = document.getElementById("hexmap");
  const all = document.getElementById("all"), tools = document.getElementById("tools");
  const rows = new Map([...all.querySelectorAll("tbody > tr")].map((row) => [row.id.slice(1), row]));
  const regionOf = (place) => rows.get(place).cells[1].textContent;
  const make = (tag, text, holder) => {
    const node = (holder ?? tools).appendChild(document.createElement(tag));
    node.textContent = text;
    return node;
  };

  // Hexagons tell the same as the map: what is pointed at in one is shown on the card.
  if (hexes) {
    hexes.addEventListener("pointerover", (event) => {
      const hex = event.target.closest("[data-m]");
      if (hex) document.getElementById("m" + hex.dataset.m).dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
    });
    hexes.addEventListener("click", (event) => {
      const hex = event.target.closest("[data-m]");
      if (hex) document.getElementById("m" + hex.dataset.m).dispatchEvent(new MouseEvent("click", { bubbles: true }));
    });
  }

  // One region: the others fade on map, hexagons and strip, and leave the tables.
  const regions = [...new Set([...rows.keys()].map(regionOf))].filter((name) => name).sort();
  if (regions.length > 1) {
    const label = make("label", "Region ");
    const select = make("select", "", label);
    select.id = "region";
    make("option", "All", select).value = "";
    for (const name of regions) make("option", name, select);
    const nodes = new Map([...rows.keys()].map((place) => [place, []]));
    for (const node of document.querySelectorAll("#areas path, [data-m]")) {
      const place = node.dataset.m ?? node.id.slice(1);
      if (nodes.has(place)) nodes.get(place).push(node);
    }
    select.addEventListener("change", () => {
      const kept = (place) => !select.value || regionOf(place) === select.value;
      for (const [place, row] of rows) {
        const faded = !kept(place);
        row.parentNode.hidden = faded;
        for (const node of nodes.get(place)) node.classList.toggle("faded", faded);
      }
      for (const link of document.querySelectorAll('#pockets a[href^="#m"]')) link.closest("tbody").hidden = !kept(link.hash.slice(2));
    });
  }

  // The map whole, or near; what is not of a place that was asked for is then grey.
  const whole = map.dataset.whole ?? map.getAttribute("viewBox");
  const zooms = [];
  const addZoom = (id, name, box, own) => {
    const button = make("button", "");
    const say = (on) => {
      button.setAttribute("aria-pressed", String(on));
      button.textContent = on ? "Show all" : "Zoom to " + name;
    };
    button.type = "button";
    button.id = id;
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      for (const other of zooms) other(false);
      say(on);
      map.setAttribute("viewBox", on ? box() : whole);
      map.classList.toggle("near", on);
      map.classList.toggle("focused", on && own);
      if (hexes?.dataset.whole) {
        hexes.setAttribute("viewBox", hexes.dataset[on && own ? "near" : "whole"]);
        for (const name of ["near", "focused"]) hexes.classList.toggle(name, on && own);
      }
    });
    zooms.push(say);
    say(own);
  };
  if (map.dataset.near) addZoom("own", map.dataset.name, () => map.dataset.near, true);
  // London is small on a map of the UK.
  const london = [...rows.keys()].filter((place) => regionOf(place) === "London");
  if (london.length > 4) {
    addZoom("zoom", "London", () => {
      const boxes = london.map((place) => document.getElementById("m" + place).getBBox());
      const left = Math.min(...boxes.map((box) => box.x)), top = Math.min(...boxes.map((box) => box.y));
      const right = Math.max(...boxes.map((box) => box.x + box.width)), low = Math.max(...boxes.map((box) => box.y + box.height));
      const edge = (right - left) * 0.08;
      return [left - edge, top - edge, right - left + 2 * edge, low - top + 2 * edge].join(" ");
    }, false);
  }

  // Dark or light, whatever the system says.
  const root = document.documentElement;
  const dark = make("button", "");
  dark.type = "button";
  dark.id = "theme";
  const isDark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const say = () => { dark.textContent = isDark() ? "Light page" : "Dark page"; };
  dark.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; say(); });
  say();

  // The table as a file; a cell that a spreadsheet would run as a formula is quoted.
  const download = make("button", "Download the figures (CSV)");
  download.type = "button";
  download.id = "download";
  const safe = (text) => /^[=+@\t\r]|^-(?!\d)/.test(text) ? "'" + text : text;
  const cell = (text) => '"' + safe(text).replaceAll('"', '""') + '"';
  download.addEventListener("click", () => {
    const lines = [[...all.tHead.rows[0].cells], ...[...rows.values()].map((row) => [...row.cells])];
    const text = lines.map((line) => line.map((each) => cell(each.textContent)).join(",")).join("\r\n") + "\r\n";
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
    link.download = "areas.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
})();
