/** What a script returns: Lua numbers lose their fraction, `false` and nil are null, a table ends at its first nil. */
export type ScriptReply = string | number | null | readonly ScriptReply[];

/** What a script's twin is given: see {@link RedisScript.twin}. */
export interface ScriptCall {
  readonly keys: readonly string[];
  readonly args: readonly string[];
  /** `redis.call`: runs a command at once. Throws what the command answers with as an error. */
  readonly call: (command: string, ...args: (string | number)[]) => ScriptReply;
}

/** The same script in TypeScript. */
export type ScriptTwin = (call: ScriptCall) => ScriptReply;

/** A Lua script with typed reply. Make it once, with `defineScript`. */
export interface RedisScript<Reply> {
  readonly source: string;
  /** The SHA-1 of the source, by which the server knows the script. */
  readonly sha: string;
  /** How the reply is read. May throw on what the script cannot return. */
  readonly decode: (reply: ScriptReply) => Reply;
  /** What the memory server, which runs no Lua, runs instead. */
  readonly twin: ScriptTwin | undefined;
}

/** Lua scripts: several commands in one step that nothing comes between. */
export interface RedisScriptCommands {
  /**
   * Loads a script on the server and remembers its source.
   * @returns its SHA-1, for {@link executeScript}.
   */
  registerScript(source: string): Promise<string>;
  /**
   * Runs a registered script (EVALSHA). A server that forgot it, by a restart or SCRIPT FLUSH, is given the source anew.
   * @throws RedisError SLIPWAY_REDIS_NO_SCRIPT if neither the server nor this client knows it. Nothing was run.
   */
  executeScript(sha: string, keys: readonly string[], args: readonly string[]): Promise<ScriptReply>;
  /** Runs a script made with `defineScript`, which needs no registering. */
  runScript<Reply>(
    script: RedisScript<Reply>,
    keys: readonly string[],
    args: readonly string[],
  ): Promise<Reply>;
}

export const redisScriptCommands = [
  'registerScript',
  'executeScript',
  'runScript',
] as const satisfies readonly (keyof RedisScriptCommands)[];
