/** Why bytes are no JSON: their encoding, their syntax, their depth, or an integer that is too long. */
export class JsonFault extends Error {
  override readonly name = 'JsonFault';
  readonly kind: 'encoding' | 'syntax' | 'depth' | 'integer';
  /** Characters in front of the fault; bytes if the fault is the encoding. */
  readonly position: number;

  constructor(message: string, kind: JsonFault['kind'], position: number) {
    super(message);
    this.kind = kind;
    this.position = position;
  }

  /** A fault at the code unit `at` of `text`, told as Python tells it: characters beyond the BMP count once. */
  static at(what: string, text: string, at: number, kind: JsonFault['kind']): JsonFault {
    const before = text.slice(0, at);
    const position = characters(before);
    const line = before.split('\n').length;
    const column = characters(before.slice(before.lastIndexOf('\n') + 1)) + 1;
    return new JsonFault(`${what}: line ${line} column ${column} (char ${position})`, kind, position);
  }
}

function characters(text: string): number {
  return text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);
}
