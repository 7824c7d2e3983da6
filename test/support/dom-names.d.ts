/**
 * Names of the DOM that the types of playwright-core take from the library `dom`. That library would give every file
 * of the project `window` and the like, so here are the names alone.
 */
interface Node {
  readonly nodeType: number;
}
interface HTMLElement extends Node {
  readonly tagName: string;
}
interface SVGElement extends Node {
  readonly tagName: string;
}
interface HTMLElementTagNameMap {
  readonly body: HTMLElement;
}
