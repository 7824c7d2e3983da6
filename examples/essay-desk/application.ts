import { Application, CorrelationId, events, infrastructure, Provider, Scope } from '../../src/index.js';
import { ContentCreated } from './content-created.js';
import { ContentServiceImpl, ContentServiceProtocol } from './content-service.js';
import { http } from './http/server.js';
import { DeskSettings, loadDeskSettings } from './settings.js';

/** What the desk itself provides, without the servers and clients around it. */
export function essays() {
  return new Provider('essays')
    .include(events([ContentCreated]))
    .context(CorrelationId, { scope: Scope.REQUEST })
    .provide(ContentServiceProtocol, { scope: Scope.REQUEST, class: ContentServiceImpl });
}

/** The whole desk, from the environment. */
export function essayDesk(environment: Readonly<Record<string, string | undefined>>) {
  const settings = loadDeskSettings(environment);
  const desk = new Provider('desk').provide(DeskSettings, { value: settings.desk });
  return new Application([infrastructure(settings), desk, essays(), http()]);
}
