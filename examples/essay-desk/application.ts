import {
  Application,
  CorrelationId,
  events,
  infrastructure,
  metrics,
  Provider,
  Scope,
} from '../../src/index.js';
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

/** The desk and all around it. */
export function deskProviders(settings: ReturnType<typeof loadDeskSettings>) {
  const desk = new Provider('desk').provide(DeskSettings, { value: settings.desk });
  return [infrastructure(settings), metrics(), desk, essays(), http()] as const;
}

/** The whole desk, from the environment. */
export function essayDesk(environment: Readonly<Record<string, string | undefined>>) {
  return new Application(deskProviders(loadDeskSettings(environment)));
}
