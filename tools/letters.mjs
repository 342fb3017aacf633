// Which letters of the formulas are set in which font: KaTeX's rules say it by classes.

/** The letters of each face that the rules of the sheet name, in the formulas of the pages. */
export function lettersByFace(css, pages) {
  const rules = [...css.matchAll(FONT_RULE)]
    .flatMap(([, selectors, body]) => selectors.split(",").map((one) => [one, face(body)]))
    .map(([selector, face]) => ({ face, classes: selector.match(/(?<=\.)[\w-]+/g) }));
  const letters = new Map();
  for (const [classes, text] of pages.flatMap((page) => [...formulas(page)]))
    for (const rule of rules)
      if (rule.classes.every((name) => classes.has(name)))
        letters.set(rule.face, (letters.get(rule.face) ?? "") + text);
  return letters;
}

/** What a rule, or an @font-face, says of family, style and weight. */
export function face(body) {
  const family = body.match(/KaTeX_\w+/)?.[0] ?? "KaTeX_Main";
  const italic = /font-style:\s*italic/.test(body);
  const bold = /font-weight:\s*(700|bold)/.test(body);
  return `${family} ${italic} ${bold}`;
}

/** Each piece of text in a formula, with the classes of all that it lies in. */
function* formulas(page) {
  for (const { index } of page.matchAll(/<span class="katex-html"/g)) {
    const about = [new Set(["katex"])];
    for (const [, end, names, text] of page.slice(index).matchAll(TAG_AND_TEXT)) {
      if (end) about.pop();
      else about.push(new Set([...about.at(-1), ...(names?.split(" ") ?? [])]));
      if (about.length === 1) break;
      if (text) yield [about.at(-1), text];
    }
  }
}
const TAG_AND_TEXT = /<(\/?)span(?: class="([^"]*)")?[^>]*>([^<]*)/g;
const FONT_RULE = /([^{}]*\.katex[^{}]*)\{([^{}]*\bfont(?:-family|-style|-weight)?:[^{}]*)\}/g;
