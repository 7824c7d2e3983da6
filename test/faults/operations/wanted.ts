/** Is the result `operations.<name>` to be tried? `SLIPWAY_FAULT_CELL` names the only one that is. */
export function isWanted(name: string): boolean {
  const only = process.env['SLIPWAY_FAULT_CELL'];
  return only === undefined || only === name;
}
