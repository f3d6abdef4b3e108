// A text area over its own text in colours; wavy lines stand under what is wrong.

import { escaped } from "./highlight.js";

export class Editor {
  constructor(area, colours, marks, numbers) {
    Object.assign(this, { area, colours, marks, numbers, highlight: escaped, changed: () => {} });
    area.addEventListener("input", () => {
      this.mark([]);
      this.paint();
      this.changed();
    });
    area.addEventListener("scroll", () => this.follow());
  }

  get text() {
    return this.area.value;
  }

  set text(text) {
    this.area.value = text;
    this.area.setSelectionRange(0, 0);
    this.area.scrollTop = 0;
    this.mark([]);
    this.paint();
    this.changed();
  }

  paint() {
    this.colours.innerHTML = `${this.highlight(this.text)}\n`;
    const lines = this.text.split("\n").length;
    this.numbers.textContent = Array.from({ length: lines }, (_, i) => i + 1).join("\n");
    this.follow();
  }

  // Draws lines under spans; those that overlap another are left out.
  mark(spans) {
    const text = this.text;
    const places = spans
      .map((span) => ({ ...span, ...this.range(span) }))
      .sort((a, b) => a.start - b.start);
    let html = "";
    let end = 0;
    for (const { start, stop, severity } of places) {
      if (start < end) continue;
      const shown = text.slice(start, Math.max(stop, start + 1)).replace(/^\n?$/, " \n");
      html += escaped(text.slice(end, start));
      html += `<mark class="${severity}">${escaped(shown)}</mark>`;
      end = Math.max(stop, start + 1);
    }
    this.marks.innerHTML = `${html}${escaped(text.slice(end))}\n`;
  }

  // Where a span stands in the text; lines and columns count characters from 1.
  range({ line, column, end_line, end_column }) {
    const lines = this.text.split("\n");
    const place = (l, c) => {
      const before = lines.slice(0, l - 1).reduce((sum, text) => sum + text.length + 1, 0);
      return before + Array.from(lines[l - 1] ?? "").slice(0, c - 1).join("").length;
    };
    return { start: place(line, column), stop: place(end_line, end_column) };
  }

  // Moves the cursor to a span.
  select(span) {
    const { start, stop } = this.range(span);
    this.area.focus();
    this.area.setSelectionRange(start, stop);
    const height = this.area.scrollHeight / this.text.split("\n").length;
    this.area.scrollTop = Math.max(0, (span.line - 4) * height);
    this.follow();
  }

  follow() {
    const { scrollTop, scrollLeft } = this.area;
    for (const layer of [this.colours, this.marks]) {
      layer.style.transform = `translate(${-scrollLeft}px, ${-scrollTop}px)`;
    }
    this.numbers.style.transform = `translateY(${-scrollTop}px)`;
  }
}
