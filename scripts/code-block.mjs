// The code blocks of the documentation that tests run: each follows a comment `<!-- NAME -->`.

/**
 * @param {string} markdown
 * @param {string} name e.g. `library-example`
 * @returns {string} the content of the first fenced code block after the comment
 */
export function codeBlockAfter(markdown, name) {
  const marker = `<!-- ${name} -->`;
  const start = markdown.indexOf(marker);
  if (start < 0) throw new Error(`no comment ${marker} in the text`);
  const block = /^```\w*\n([\s\S]*?)^```$/m.exec(markdown.slice(start));
  if (block?.[1] === undefined) throw new Error(`no fenced code block after ${marker}`);
  return block[1];
}
