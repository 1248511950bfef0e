/** Words with which no sentence of a comment begins: what follows them is a clause without a subject. */
const headless = /(?:^|[.!?]\s+)(Of|What|Whether|So|How|Whose)\b(?! that\b)/;

/** Openings that are bad English for a whole comment only; a later sentence may well begin with "That". */
const opening = /^That\b/;

/** Units of time and size in a comment, and the end of a name that says the same. */
const units = [
  [/\bin milliseconds\b/i, /\w(Ms|InMs|Milliseconds)\b/],
  [/\bin seconds\b/i, /\w(InSeconds|Seconds)\b/],
  [/\bin days\b/i, /\wDays\b/],
  [/\bin bytes\b/i, /\wBytes\b/],
];

const messages = {
  headless: 'No sentence begins with "{{word}}": name the thing, in subject, verb and object.',
  unit: 'The name "{{name}}" already says the unit: leave it out of the comment.',
};

/** Comments in plain English, as far as a machine can tell (CONTRIBUTING.md, "Comments"). */
const plainEnglish = {
  meta: { type: 'suggestion', schema: [], messages },
  create(context) {
    const { sourceCode } = context;
    return {
      Program() {
        for (const comment of commentsOf(sourceCode)) {
          const word = headless.exec(comment.text)?.[1] ?? opening.exec(comment.text)?.[0];
          if (word !== undefined) {
            context.report({ loc: comment.loc, messageId: 'headless', data: { word } });
          }
          const name = nameWithUnit(comment, sourceCode.lines);
          if (name !== undefined) {
            context.report({ loc: comment.loc, messageId: 'unit', data: { name } });
          }
        }
      },
    };
  },
};

export const plainComments = { rules: { 'plain-english': plainEnglish } };

/** The text of each comment, on one line. Lines of `//` that follow one another are one comment. */
function commentsOf({ ast, lines }) {
  const found = [];
  for (const { type, value, loc } of ast.comments) {
    const text = value
      .split('\n')
      .map((line) => line.replace(/^\s*\*+\s?/, '').trim())
      .join(' ')
      .trim();
    const last = found.at(-1);
    const isAlone = lines[loc.start.line - 1].slice(0, loc.start.column).trim() === '';
    if (type === 'Line' && isAlone && last?.type === 'Line' && last.loc.end.line === loc.start.line - 1) {
      last.text += ` ${text}`;
      last.loc = { start: last.loc.start, end: loc.end };
    } else {
      found.push({ type, text, loc });
    }
  }
  return found;
}

/** The name in the line below a comment that ends in the unit which the comment repeats. */
function nameWithUnit({ text, loc }, lines) {
  const [declared = ''] = /^[^=:(]*/.exec(lines[loc.end.line] ?? '') ?? [];
  const repeated = units.find(([said, ending]) => said.test(text) && ending.test(declared));
  return repeated === undefined ? undefined : /\w+(?=\W*$)/.exec(declared)?.[0];
}
