// Text to spans: comments, strings, numbers, keywords and what is called.

const ESCAPED = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

export function escaped(text) {
  return text.replace(/[&<>]/g, (c) => ESCAPED[c]);
}

const NUMBER = String.raw`(?<![\w.])\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?`;

// `keywords` is a list of words; `strings` and `comments` are patterns.
export function highlighter({ keywords, strings, comments }) {
  const words = `\\b(?:${keywords.join("|")})\\b`;
  const pattern = new RegExp(
    [
      `(?<doc>${comments.doc})`,
      `(?<comment>${comments.line})`,
      `(?<string>${strings})`,
      `(?<number>${NUMBER})`,
      `(?<keyword>${words})`,
      String.raw`(?<call>\b[A-Za-z_]\w*(?=\())`,
    ].join("|"),
    "gm",
  );
  return (text) => {
    let html = "";
    let end = 0;
    for (const match of text.matchAll(pattern)) {
      const kind = Object.keys(match.groups).find((key) => match.groups[key] !== undefined);
      html += escaped(text.slice(end, match.index));
      html += `<span class="${kind}">${escaped(match[0])}</span>`;
      end = match.index + match[0].length;
    }
    return html + escaped(text.slice(end));
  };
}

export function graphHighlighter(keywords) {
  return highlighter({
    keywords,
    strings: String.raw`"[^"\n]*"?`,
    comments: { doc: String.raw`##.*$`, line: String.raw`#.*$` },
  });
}

const PYTHON = `and as assert class def del elif else except False finally for from if import in is
  lambda None not or pass raise return True try while with yield`.split(/\s+/);

export const python = highlighter({
  keywords: PYTHON,
  strings: String.raw`[rbf]?"(?:[^"\\\n]|\\.)*"|[rbf]?'(?:[^'\\\n]|\\.)*'`,
  comments: { doc: String.raw`"""[\s\S]*?"""`, line: String.raw`#.*$` },
});
