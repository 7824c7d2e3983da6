import { Application } from '../../container/application.js';

type AnyApplication = Pick<Application, 'openScopes'>;

interface Changes {
  start: (this: Application) => Promise<Application>;
  stop: Application['stop'];
}

const running = new Set<AnyApplication>();
let isWatching = false;

/** Notes from now on which applications of this process were started and not stopped. */
export function watchApplications(): void {
  if (isWatching) return;
  isWatching = true;
  const prototype: Changes = Application.prototype;
  const { start, stop } = prototype;
  prototype.start = function startWatched() {
    running.add(this);
    const started = start.call(this);
    started.catch(() => running.delete(this));
    return started;
  };
  prototype.stop = function stopWatched(this: Application, options) {
    const stopped = stop.call(this, options);
    const end = (): unknown => running.delete(this);
    stopped.then(end, end);
    return stopped;
  };
}

/** Every application that was not stopped, and every scope in them that was not closed, each with its name. */
export function openByApplications(): ReadonlyMap<object, string> {
  const open = new Map<object, string>();
  for (const application of running) {
    open.set(application, `${application.constructor.name} that was not stopped`);
    for (const outer of application.openScopes) {
      let scope = outer;
      // One that was skipped is not what the test entered.
      for (let [inner] = scope.innerScopes(); inner !== undefined; [inner] = scope.innerScopes())
        scope = inner;
      open.set(outer, `${scope.name} scope`);
    }
  }
  return open;
}
