/** An error of the compiler, or the expectation of one. */
export interface CompileError {
  readonly file: string;
  readonly line: number;
  readonly code: string;
  /** The whole message; of an expectation, a part of it. */
  readonly text: string;
}

const marker = /^\s*\/\/ error: (?<code>TS\d+) (?<text>.+)$/;

/** The `// error: TS1234 part of the message` comments of a source. Each expects its error on the next line of code. */
export function expectedErrors(file: string, source: string): CompileError[] {
  const lines = source.split('\n');
  return lines.flatMap((line, index) => {
    const groups = marker.exec(line)?.groups;
    if (groups === undefined) return [];
    const next = lines.findIndex((other, at) => at > index && !marker.test(other));
    return [{ file, line: next + 1, code: groups['code'] ?? '', text: groups['text']?.trim() ?? '' }];
  });
}

const head = /^(?<file>[^\s(][^(]*)\((?<line>\d+),\d+\): error (?<code>TS\d+): (?<text>.*)$/;

/** Reads what `tsc --pretty false` prints. Indented lines belong to the message above. */
export function reportedErrors(output: string): CompileError[] {
  const errors: CompileError[] = [];
  for (const line of output.split('\n')) {
    const groups = head.exec(line)?.groups;
    const last = errors.at(-1);
    if (groups !== undefined) {
      const { file = '', code = '', text = '' } = groups;
      errors.push({ file, line: Number(groups['line']), code, text });
    } else if (last !== undefined && /^\s+\S/.test(line)) {
      errors[errors.length - 1] = { ...last, text: `${last.text}\n${line.trim()}` };
    } else if (line.trim() !== '') {
      errors.push({ file: '', line: 0, code: 'unreadable', text: line });
    }
  }
  return errors;
}

function show({ file, line, code, text }: CompileError): string {
  return `${file}:${line} ${code} ${text}`;
}

/** What differs between the errors that were expected and those the compiler reported, one line each. */
export function differences(expected: readonly CompileError[], reported: readonly CompileError[]): string[] {
  const fits = (wanted: CompileError, found: CompileError): boolean =>
    wanted.file === found.file &&
    wanted.line === found.line &&
    wanted.code === found.code &&
    found.text.includes(wanted.text);
  return [
    ...expected
      .filter((wanted) => !reported.some((found) => fits(wanted, found)))
      .map((wanted) => `compiled, but must not: ${show(wanted)}`),
    ...reported
      .filter((found) => !expected.some((wanted) => fits(wanted, found)))
      .map((found) => `not expected: ${show(found)}`),
  ];
}
