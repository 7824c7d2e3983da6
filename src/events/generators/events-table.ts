import type { EventRegistry } from '../../protocols/event-registry.js';
import type { EventDefinition } from '../event-definition.js';

/** The events as the rows of a Markdown table. */
export function eventsTable(registry: Pick<EventRegistry, 'events'>): string {
  const rows = registry.events.map((event) => [
    `\`${event.type}\``,
    `\`${event.topic}\``,
    keyText(event),
    versionText(event),
    event.description ?? '',
  ]);
  return [['Event', 'Topic', 'Key', 'Version', 'Meaning'], ['---', '---', '---', '---', '---'], ...rows]
    .map(
      (cells) =>
        `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ')).join(' | ')} |`,
    )
    .join('\n');
}

function keyText({ keyName }: EventDefinition): string {
  if (keyName === undefined) return 'none';
  return keyName === 'computed' ? keyName : `\`${keyName}\``;
}

function versionText({ version, upcasters }: EventDefinition): string {
  return upcasters.size === 0 ? `${version}` : `${version}, reads from ${Math.min(...upcasters.keys())}`;
}
