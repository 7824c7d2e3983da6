import { type Command, type CommandOption, helpOption } from './command.js';

const width = 100;

/** What `slipway --help` prints. */
export function overview(commands: readonly Command[]): string {
  const names = commands.map(({ name, operands }) => `${name} ${operands}`.trimEnd());
  return lines([
    'slipway: looks at a service from outside, and at its clients.',
    '',
    'Usage: slipway <command> [options]',
    '',
    ...table(commands.map(({ summary }, index) => [names[index] ?? '', summary])),
    '',
    'slipway <command> --help explains a command; slipway --version tells the version.',
    'A <module> is the path of a compiled module, or the name of a package: docs/cli.md says what it has to export.',
    'Exit codes: 0 all is well, 1 something that was looked at is not, 2 the command could not be carried out.',
  ]);
}

/** What `slipway <command> --help` prints. */
export function explain(command: Command): string {
  const { name, operands, description, options, examples } = command;
  return lines([
    `Usage: slipway ${name}${operands === '' ? '' : ` ${operands}`} [options]`,
    '',
    ...description.split('\n').flatMap((paragraph) => wrap(paragraph, width)),
    '',
    'Options:',
    ...table([...options, helpOption].map((option) => [shown(option), helpOf(option)])),
    '',
    'Examples:',
    ...table(examples.map(([line, what]) => [`slipway ${line}`, what])),
  ]);
}

function shown({ name, short, value }: CommandOption): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
}

function helpOf({ help, choices }: CommandOption): string {
  return choices === undefined ? help : `${help} One of: ${choices.join(', ')}.`;
}

function table(rows: readonly (readonly [left: string, right: string])[]): string[] {
  const left = Math.max(...rows.map(([text]) => text.length)) + 2;
  return rows.flatMap(([name, text]) =>
    wrap(text, width - left - 2).map((line, index) => `  ${(index === 0 ? name : '').padEnd(left)}${line}`),
  );
}

/** `text` in lines of at most `limit` characters; a word that is longer stays whole. */
function wrap(text: string, limit: number): string[] {
  const wrapped: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > limit) {
      wrapped.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...wrapped, line];
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
