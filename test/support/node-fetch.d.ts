// The types of @asyncapi/parser name one of node-fetch, whose types it does not bring along. No test uses it.
declare module 'node-fetch' {
  export type RequestInit = globalThis.RequestInit;
}
