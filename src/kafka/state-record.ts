import type { ComponentState } from '../protocols/component.js';

/** A component's state and since when it is in it. */
export class StateRecord {
  #state: ComponentState = 'stopped';
  #since = new Date();

  get state(): ComponentState {
    return this.#state;
  }

  get since(): Date {
    return this.#since;
  }

  enter(state: ComponentState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#since = new Date();
  }
}
