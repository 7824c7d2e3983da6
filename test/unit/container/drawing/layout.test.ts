import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Box, Line } from '../../../../src/container/drawing/layers.js';
import { type Layout, type Place, layout } from '../../../../src/container/drawing/layout.js';

const sizes = fc.record({
  band: fc.integer({ min: 0, max: 3 }),
  width: fc.integer({ min: 40, max: 300 }),
  height: fc.integer({ min: 30, max: 120 }),
});

interface Graph {
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
}

/** Any graph at all: with cycles, with boxes that need themselves, with lines into a later band. */
const graphs: fc.Arbitrary<Graph> = fc.array(sizes, { minLength: 1, maxLength: 40 }).chain((boxes) => {
  const number = fc.integer({ min: 0, max: boxes.length - 1 });
  const line = fc.record({ from: number, to: number, weak: fc.boolean() });
  return fc.record({ boxes: fc.constant(boxes), lines: fc.array(line, { maxLength: 2 * boxes.length }) });
});

function overlap(a: Place, b: Place): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** The first two boxes that lie on one another. */
function overlapping({ places }: Layout): readonly [number, number] | undefined {
  for (const [a, place] of places.entries()) {
    const b = places.findIndex((other, index) => index > a && overlap(place, other));
    if (b >= 0) return [a, b];
  }
  return undefined;
}

function box(band = 0): Box {
  return { band, width: 100, height: 40 };
}

function needs(from: number, to: number): Line {
  return { from, to, weak: false };
}

describe('layout', () => {
  it('puts no box on another, whatever the graph', () => {
    fc.assert(
      fc.property(graphs, ({ boxes, lines }) => {
        expect(overlapping(layout(boxes, lines))).to.equal(undefined);
      }),
    );
  });

  it('keeps each band in columns of its own, in the order of the bands, and all inside the picture', () => {
    fc.assert(
      fc.property(graphs, ({ boxes, lines }) => {
        const { places, bands, width, height } = layout(boxes, lines);
        for (const [index, place] of places.entries()) {
          const band = bands.get(boxes[index]?.band ?? -1);
          expect(place.x).to.be.at.least(band?.x ?? Infinity);
          expect(place.x + place.width).to.be.at.most((band?.x ?? 0) + (band?.width ?? 0));
          expect(place.width).to.be.at.least(boxes[index]?.width ?? Infinity);
          expect(place.y).to.be.at.least(0);
          expect(place.y + place.height).to.be.at.most(height);
        }
        const spans = [...bands].toSorted(([a], [b]) => a - b).map(([, span]) => span);
        for (const [index, span] of spans.entries()) {
          const next = spans[index + 1];
          expect(span.x + span.width).to.be.at.most(next === undefined ? width : next.x - 1);
        }
      }),
    );
  });

  it('leads every line from box to box, and none through another box', () => {
    fc.assert(
      fc.property(graphs, ({ boxes, lines }) => {
        const { places, routes } = layout(boxes, lines);
        for (const [index, line] of lines.entries()) {
          const route = routes[index];
          expect(route === undefined).to.equal(line.from === line.to);
          if (route === undefined) continue;
          for (const [end, number] of [
            [route[0], line.from],
            [route.at(-1), line.to],
          ] as const) {
            const place = places[number];
            expect(end?.y).to.be.within(place?.y ?? NaN, (place?.y ?? NaN) + (place?.height ?? NaN));
            expect([place?.x, (place?.x ?? NaN) + (place?.width ?? NaN)]).to.include(end?.x);
          }
          for (const { x, y } of route.slice(1, -1)) {
            const touched = places.some(
              (place) =>
                x >= place.x && x <= place.x + place.width && y > place.y && y < place.y + place.height,
            );
            expect(touched).to.equal(false);
          }
        }
      }),
    );
  });

  it('puts what is needed to the left of what needs it', () => {
    fc.assert(
      fc.property(graphs, ({ boxes, lines }) => {
        const acyclic = lines.filter(({ from, to }) => to < from);
        const sorted = boxes.map((each) => ({ ...each, band: 0 }));
        const { places } = layout(sorted, acyclic);
        for (const { from, to } of acyclic) {
          expect((places[to]?.x ?? 0) + (places[to]?.width ?? 0)).to.be.below(places[from]?.x ?? 0);
        }
      }),
    );
  });

  it('gives the same picture for the same graph', () => {
    fc.assert(
      fc.property(graphs, ({ boxes, lines }) => {
        expect(layout(boxes, lines)).to.deep.equal(layout(structuredClone(boxes), structuredClone(lines)));
      }),
    );
  });

  it('untangles lines that need not cross', () => {
    // 0 is needed by 1, 2, 3, and each of these by one more, listed the other way round.
    const boxes = Array.from({ length: 7 }, () => box());
    const { places } = layout(boxes, [
      needs(1, 0),
      needs(2, 0),
      needs(3, 0),
      needs(4, 3),
      needs(5, 2),
      needs(6, 1),
    ]);
    const order = (numbers: readonly number[]): readonly number[] =>
      numbers.toSorted((a, b) => (places[a]?.y ?? 0) - (places[b]?.y ?? 0));
    expect(order([6, 5, 4])).to.deep.equal(order([1, 2, 3]).map((number) => 7 - number));
  });

  it('turns a line into a later band, and the one that closes a cycle', () => {
    const boxes = [box(0), box(1), box(1)];
    const lines = [needs(0, 1), needs(1, 2), needs(2, 1)];
    const { places, routes } = layout(boxes, lines);
    expect(routes[0]?.[0]?.x).to.equal((places[0]?.x ?? 0) + (places[0]?.width ?? 0));
    expect(routes[0]?.at(-1)?.x).to.equal(places[1]?.x);
    expect(places[1]?.x).to.not.equal(places[2]?.x);
  });

  it('turns a weak line rather than a strong one', () => {
    const { places } = layout([box(), box()], [{ ...needs(0, 1), weak: true }, needs(1, 0)]);
    expect(places[0]?.x).to.be.below(places[1]?.x ?? NaN);
  });

  it('fills the columns of a band with its boxes without lines, up to the asked height', () => {
    const alone = Array.from({ length: 6 }, () => ({ ...box(1), height: 100 }));
    const bound = [0, 1].map(() => ({ ...box(1), height: 90 }));
    const { places } = layout([box(0), ...bound, ...alone], [needs(2, 1)], 250);
    const inBand = places.slice(1);
    const columns = [...new Set(inBand.map(({ x }) => x))].toSorted((a, b) => a - b);
    const counts = columns.map((x) => inBand.filter((place) => place.x === x).length);
    expect(counts).to.deep.equal([2, 2, 2, 2]);
    expect(inBand[0]?.x).to.equal(columns[0]);
    expect(inBand[1]?.x).to.equal(columns[1]);
  });

  it('leads lines to one box along one trunk', () => {
    const boxes = [box(), box(), box(), box(), box()];
    // 0 <- 1 <- 2 <- {3, 4}, and 3 and 4 need 0 as well.
    const { routes } = layout(boxes, [
      needs(1, 0),
      needs(2, 1),
      needs(3, 2),
      needs(4, 2),
      needs(3, 0),
      needs(4, 0),
    ]);
    const trunk = (index: number): unknown => routes[index]?.toReversed().slice(0, -1);
    expect(trunk(4)).to.have.length(5);
    expect(trunk(4)).to.deep.equal(trunk(5));
  });

  it('keeps boxes without lines to columns of the asked height', () => {
    const { height } = layout(
      Array.from({ length: 60 }, () => box()),
      [],
      300,
    );
    expect(height).to.be.within(200, 600);
  });

  it('lays out nothing', () => {
    expect(layout([], []).places).to.deep.equal([]);
  });
});
