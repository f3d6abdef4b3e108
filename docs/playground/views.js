// What the panel shows: the module as text, the picture, the worksheet in a frame of its own.

// A picture is made smaller where it can still be read, else it is scrolled.
const FITTING = "<style>svg { max-width: max(100%, 60rem); height: auto; }</style>";

const VIEWS = {
  module(panel, text, highlight) {
    const code = document.createElement("pre");
    code.className = "code";
    code.innerHTML = highlight(text);
    panel.replaceChildren(code);
  },

  note(panel, text) {
    const note = document.createElement("p");
    note.className = "note";
    note.textContent = text;
    panel.replaceChildren(note);
  },

  // In a shadow tree, so that its style sheet stays its own.
  picture(panel, svg) {
    const host = document.createElement("div");
    host.className = "picture";
    host.attachShadow({ mode: "open" }).innerHTML = `${FITTING}${svg}`;
    panel.replaceChildren(host);
  },

  // The page that gradc writes has a script: it runs apart from this page and from the network.
  worksheet(panel, html) {
    const frame = document.createElement("iframe");
    frame.title = "Worksheet";
    frame.sandbox = "allow-scripts";
    frame.src = "sheet.html";
    frame.onload = () => {
      frame.onload = null;
      frame.contentWindow.postMessage(html, "*");
    };
    panel.replaceChildren(frame);
  },
};

export function show(panel, kind, content, highlight) {
  const { scrollTop } = panel;
  VIEWS[kind](panel, content, highlight);
  panel.scrollTop = scrollTop;
}
