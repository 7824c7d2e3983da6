const versioned = /^(?<family>.+)\.v(?<version>[1-9]\d{0,8})$/s;

/** What an event type is made of: `content.created` and 2 of `content.created.v2`; undefined without such an end. */
export function splitEventType(
  type: string,
): { readonly family: string; readonly version: number } | undefined {
  const { family = '', version } = versioned.exec(type)?.groups ?? {};
  return version === undefined ? undefined : { family, version: Number(version) };
}
