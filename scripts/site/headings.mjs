/**
 * Makes code in headings plain text, so that their anchors are those of GitHub: "## `tenas search`" is `#tenas-search`.
 *
 * @param {any} parser a parser of markdown-it
 */
export function headingsWithoutCode(parser) {
  parser.core.ruler.push('headings-without-code', (/** @type {any} */ state) => {
    for (const [index, token] of state.tokens.entries()) {
      if (token.type !== 'heading_open') continue;
      for (const child of state.tokens[index + 1].children) {
        if (child.type === 'code_inline') child.type = 'text';
      }
    }
  });
}
