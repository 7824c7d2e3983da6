import type { Reply } from './replies.js';

/** A command that waits until there is something for it. */
export interface BlockedCommand {
  /** The reply, once there is one; undefined: it waits on. */
  readonly attempt: () => Reply | undefined;
  readonly finish: (reply: Reply) => void;
}

/** The commands that wait, longest first. They are tried anew when another command, transaction or script is through. */
export class BlockedCommands {
  readonly #waiting = new Set<BlockedCommand>();
  #serving = false;

  get count(): number {
    return this.#waiting.size;
  }

  add(command: BlockedCommand): void {
    this.#waiting.add(command);
  }

  remove(command: BlockedCommand): void {
    this.#waiting.delete(command);
  }

  serve(): void {
    if (this.#serving || this.#waiting.size === 0) return;
    this.#serving = true;
    try {
      // A connection that goes on may itself change what another waits for.
      while (this.#serveRound());
    } finally {
      this.#serving = false;
    }
  }

  #serveRound(): boolean {
    let served = false;
    for (const command of this.#waiting) {
      const reply = command.attempt();
      if (reply === undefined) continue;
      this.#waiting.delete(command);
      command.finish(reply);
      served = true;
    }
    return served;
  }
}
