"use strict";
// Reads the tables of the page; without it map, switch and tables still work.
(() => {
  const map = document.getElementById("map");
  const rings = [document.getElementById("glow"), document.getElementById("lens")];
  const card = document.getElementById("card");
  const paths = new Map(), dots = new Map();
  for (const path of map.querySelectorAll("#areas path")) paths.set(path.id.slice(1), path);
  for (const dot of document.querySelectorAll(".dot")) dots.set(dot.dataset.m, dot);
  const cells = (place) => [...document.getElementById("r" + place).cells].map((cell) => cell.textContent);
  const add = (parent, tag, text, name) => {
    const node = parent.appendChild(document.createElement(tag));
    if (text) node.textContent = text;
    if (name) node.className = name;
    return node;
  };

  // The card.
  let pinned = null, current = null;
  function fill(place) {
    card.replaceChildren();
    card.classList.toggle("idle", place === null);
    if (place === null) {
      add(card, "p", "Point at an area, tap it, or move through the map with the arrow keys.");
      return;
    }
    const [name, region, value, interval, verdict, chance, cluster, people, sentence] = cells(place);
    const close = add(card, "button", "×");
    close.type = "button";
    close.setAttribute("aria-label", "Close");
    close.addEventListener("click", () => { pinned = null; show(null); });
    add(card, "h3", name);
    add(card, "p", region, "quiet");
    add(card, "p", value, "figure");
    add(card, "p", interval === "not published" ? "No interval published" : "95% interval " + interval, "quiet");
    const line = add(card, "p", "Hidden pocket: ");
    add(line, "span", verdict, "mark " + verdict.split(" ")[0]);
    if (/\d/.test(chance)) line.append(" probability " + chance);
    add(card, "p", "Neighbours: " + cluster + (/\d/.test(people) ? " · " + people + " people" : ""), "quiet");
    if (sentence) add(card, "p", sentence);
  }
  function show(place) {
    if (place === current) return;
    if (dots.has(current)) dots.get(current).classList.remove("on");
    current = place;
    const outline = place === null ? "M0 0" : paths.get(place).getAttribute("d");
    for (const ring of rings) ring.setAttribute("d", outline);
    if (dots.has(place)) dots.get(place).classList.add("on");
    fill(place);
  }

  // One tab stop; arrow keys go to the nearest area in that direction.
  let stop = null;
  function rove(place) {
    if (stop) stop.setAttribute("tabindex", "-1");
    stop = paths.get(place);
    stop.setAttribute("tabindex", "0");
  }
  function visit(place) {
    rove(place);
    stop.focus({ preventScroll: true });
    const box = stop.getBoundingClientRect();
    if (box.bottom < 0 || box.top > innerHeight) stop.scrollIntoView({ block: "center" });
  }
  function pin(place) {
    const before = pinned && paths.get(pinned);
    if (before) before.setAttribute("aria-selected", "false");
    pinned = pinned === place ? null : place;
    if (pinned !== null) paths.get(pinned).setAttribute("aria-selected", "true");
    show(place);
  }
  const centres = new Map();
  const centre = (place) => {
    if (!centres.has(place)) {
      const box = paths.get(place).getBBox();
      centres.set(place, [box.x + box.width / 2, box.y + box.height / 2]);
    }
    return centres.get(place);
  };
  const ways = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
  function beside(from, [right, down]) {
    const [x, y] = centre(from);
    let best = null, least = Infinity;
    for (const place of paths.keys()) {
      const [u, v] = centre(place);
      const ahead = (u - x) * right + (v - y) * down;
      if (place === from || ahead <= 0) continue;
      const aside = Math.abs((u - x) * down) + Math.abs((v - y) * right);
      if (ahead + 2.5 * aside < least) [best, least] = [place, ahead + 2.5 * aside];
    }
    return best;
  }
  map.setAttribute("role", "listbox");
  for (const [place, path] of paths) {
    // The card takes the place of the browser's own tooltip.
    const title = path.querySelector("title");
    path.setAttribute("aria-label", title.textContent);
    title.remove();
    path.setAttribute("role", "option");
    path.setAttribute("tabindex", "-1");
    path.setAttribute("aria-selected", "false");
    path.addEventListener("focus", () => {
      const [name, region, value, interval, verdict, , , , sentence] = cells(place);
      path.setAttribute("aria-label", [name, region, value, "interval " + interval, "pocket: " + verdict, sentence].join(". "));
      rove(place);
      show(place);
    });
  }
  const places = [...paths.keys()];
  const keyed = [...map.querySelectorAll("#areas .pk")].map((path) => path.id.slice(1));
  const at = (event, holder) => {
    const node = event.target.closest(holder);
    return node ? (node.dataset.m ?? node.id.slice(1)) : null;
  };
  if (places.length) rove(keyed[0] ?? places[0]);
  map.addEventListener("keydown", (event) => {
    const place = at(event, "#areas path");
    if (place === null) return;
    let next = ways[event.key] ? beside(place, ways[event.key]) : null;
    if (event.key === "Home") next = places[0];
    if (event.key === "End") next = places[places.length - 1];
    if (event.key === "Enter" || event.key === " ") pin(place);
    else if (event.key === "Escape") { pinned = null; show(null); }
    else if (next === null && !ways[event.key]) return;
    event.preventDefault();
    if (next !== null) visit(next);
  });
  for (const [holder, part] of [[map, "#areas path"], [document.getElementById("strip"), ".dot"]]) {
    holder.addEventListener("pointerover", (event) => {
      const place = at(event, part);
      if (place !== null) show(place);
    });
    holder.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse") show(pinned);
    });
    holder.addEventListener("click", (event) => {
      const place = at(event, part);
      if (place !== null) pin(place);
    });
  }
  for (const link of document.querySelectorAll('a[href^="#m"]')) {
    const place = link.hash.slice(2);
    if (!paths.has(place)) continue;
    link.addEventListener("click", (event) => { event.preventDefault(); visit(place); });
  }

  // Find a place by its name.
  const find = document.getElementById("find");
  const label = add(find, "label", "Find a place");
  label.htmlFor = "place";
  const box = add(find, "input");
  box.id = "place";
  box.setAttribute("list", "names");
  box.placeholder = "Type a name";
  const names = add(find, "datalist");
  names.id = "names";
  const known = new Map();
  for (const place of [...places].sort((a, b) => a - b)) {
    const name = cells(place)[0];
    if (name.length > 200) continue;
    known.set(name.toLowerCase(), place);
    add(names, "option").value = name;
  }
  const look = () => {
    const typed = box.value.trim().toLowerCase();
    if (!typed) return;
    const hit = known.has(typed) ? typed : [...known.keys()].find((name) => name.startsWith(typed));
    if (hit) visit(known.get(hit));
  };
  box.addEventListener("change", look);
  box.form.addEventListener("submit", (event) => { event.preventDefault(); look(); });

  // Sort a table by a column; a row keeps its sentence, since both are one tbody.
  const digits = (text) => {
    const found = text.replace(/,/g, "").match(/-?[^\d-]?\d+(\.\d+)?/);
    return found ? parseFloat(found[0].replace(/[^\d.-]/g, "")) : NaN;
  };
  const order = (a, b) => a < b ? -1 : a > b ? 1 : 0;
  for (const table of document.querySelectorAll("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const sign = down ? -1 : 1, counted = head.classList.contains("n");
        const rows = [...table.tBodies].map((body, position) => {
          const text = body.rows[0].cells[column].textContent;
          return { body, position, key: counted ? digits(text) : text.toLowerCase() };
        });
        const blank = (row) => Number.isNaN(row.key) ? 1 : 0;
        rows.sort((a, b) => blank(a) - blank(b) || (blank(a) ? 0 : sign * order(a.key, b.key)) || a.position - b.position);
        table.append(...rows.map((row) => row.body));
      });
    });
  }

  card.hidden = false;
  fill(null);
  document.documentElement.dataset.ready = String(paths.size);
})();
