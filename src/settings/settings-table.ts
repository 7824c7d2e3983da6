import type { SettingsDefinition } from './define-settings.js';

/** The variables of some settings as the rows of a Markdown table, as in docs/settings.md. */
export function settingsTable(
  definitions: readonly Pick<SettingsDefinition<unknown>, 'variables'>[],
): string {
  const rows = definitions
    .flatMap((definition) => definition.variables)
    .map(({ name, defaultText, required, expected, description, secret }) => {
      const fallback = required ? '**required**' : defaultText === undefined ? '' : `\`${defaultText}\``;
      return [`\`${name}\``, fallback, expected, secret ? `${description} Secret.`.trimStart() : description];
    });
  return [['Variable', 'Default', 'Expected', 'Meaning'], ['---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}
