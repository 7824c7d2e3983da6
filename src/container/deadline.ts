/** Given where something did not end in time. */
export const late = Symbol('late');

/** What `work` gives, or `late` if it has not ended by `deadline` on the clock of `performance.now()`. */
export async function before<T>(deadline: number, work: Promise<T>): Promise<T | typeof late> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<typeof late>((resolveLate) => {
    timer = setTimeout(() => resolveLate(late), Math.max(0, deadline - performance.now()));
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}
