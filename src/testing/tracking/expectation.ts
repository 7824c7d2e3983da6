import { differences, show } from './match.js';

/** Something that happened, of the kind that is expected. */
export interface Found {
  readonly data: unknown;
}

interface Question {
  /** `published CONTENT_CREATED`. */
  readonly what: string;
  readonly isNegated: boolean;
  readonly found: readonly Found[];
  /** All that happened. */
  readonly tell: () => string;
  readonly fail: (message: string, details: FailureDetails) => never;
}

interface FailureDetails {
  readonly actual: unknown;
  readonly expected: unknown;
  readonly showDiff: boolean;
}

/** What `expect(app).to.have.published(Event)` gives: it holds already, and may be narrowed down. */
export class Expectation<Data> {
  readonly #question: Question;

  /** @internal Of `data` if they are given, else of any. */
  constructor(question: Question, data?: Data) {
    this.#question = question;
    if (data !== undefined) this.with(data);
    else if (question.found.length > 0 === question.isNegated) this.#fail('', undefined, []);
  }

  /**
   * At least one of them has these data, and perhaps more of it. To say that none has, give the data at once:
   * `expect(app).to.not.have.published(Event, data)`.
   */
  with(data: Data): this {
    const { found, isNegated } = this.#question;
    const candidates = found.map((each) => ({ data: each.data, lacks: differences(each.data, data) }));
    const isThere = candidates.some(({ lacks }) => lacks.length === 0);
    if (isThere === isNegated) this.#fail(` with ${show(data)}`, data, candidates);
    return this;
  }

  /** There are exactly so many of them. */
  times(count: number): this {
    const { found, isNegated } = this.#question;
    if ((found.length === count) === isNegated) {
      const times = count === 1 ? 'once' : `${count} times`;
      this.#fail(` ${times}, and found ${found.length}`, undefined, []);
    }
    return this;
  }

  /** There is exactly one. */
  once(): this {
    return this.times(1);
  }

  #fail(
    more: string,
    expected: unknown,
    candidates: readonly { readonly data: unknown; readonly lacks: readonly string[] }[],
  ): void {
    const { what, isNegated, tell, fail } = this.#question;
    const [closest] = candidates.toSorted((a, b) => a.lacks.length - b.lacks.length);
    const near = closest === undefined || isNegated ? '' : `\nClosest: ${closest.lacks.join('; ')}.`;
    fail(`expected the application ${isNegated ? 'not ' : ''}to have ${what}${more}${near}\n${tell()}`, {
      actual: closest?.data,
      expected,
      showDiff: closest !== undefined && !isNegated,
    });
  }
}
