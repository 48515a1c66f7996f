import { describe, expect, it } from 'vitest';
import { FIT, isZoomed, largestScale, pannedBy, placeOf, shareAt, splitAt, withinFrame, zoomedAt } from './compare-zoom.ts';

/** A square picture of 128 pixels in a wide pane: it fits at 4 CSS pixels a pixel, 144 px from the left. */
const frame = { paneWidth: 800, paneHeight: 512, pictureWidth: 128, pictureHeight: 128 };

describe('placeOf', () => {
  it('fits the whole picture in the middle', () => {
    expect(placeOf(FIT, frame)).toEqual({ left: 144, top: 0, width: 512, height: 512 });
  });

  it('puts the view’s centre into the pane’s middle', () => {
    const { left, width } = placeOf({ scale: 2, centreX: 0.25, centreY: 0.5 }, frame);
    expect([left + 0.25 * width, width]).toEqual([400, 1024]);
  });
});

describe('zoomedAt', () => {
  it('keeps the point under the pointer where it is', () => {
    const [x, y] = [300, 200];
    const fractionAt = (view: typeof FIT): number[] => {
      const { left, top, width, height } = placeOf(view, frame);
      return [(x - left) / width, (y - top) / height];
    };
    const view = zoomedAt(FIT, frame, 4, x, y);
    expect(view.scale).toBe(4);
    for (const [index, fraction] of fractionAt(view).entries()) expect(fraction).toBeCloseTo(fractionAt(FIT)[index] ?? -1, 12);
  });

  it('never shows more than the whole picture, nor less than a few pixels', () => {
    expect(zoomedAt(FIT, frame, 0.1, 5, 5)).toEqual(FIT);
    expect(zoomedAt(FIT, frame, 1e6, 400, 256).scale).toBe(largestScale(frame));
    expect(placeOf({ ...FIT, scale: largestScale(frame) }, frame).width / 128).toBe(48);
  });

  it('does not enlarge a picture that is larger than its pane at fit beyond the same pixel size', () => {
    const large = { paneWidth: 400, paneHeight: 400, pictureWidth: 1600, pictureHeight: 800 };
    expect(placeOf(FIT, large)).toEqual({ left: 0, top: 100, width: 400, height: 200 });
    expect((placeOf({ ...FIT, scale: largestScale(large) }, large).width / 1600)).toBe(48);
  });
});

describe('pannedBy', () => {
  it('moves a zoomed picture with the pointer and stops at its edges', () => {
    const near: typeof FIT = { scale: 4, centreX: 0.5, centreY: 0.5 };
    const moved = pannedBy(near, frame, 100, -50);
    expect([placeOf(moved, frame).left - placeOf(near, frame).left, placeOf(moved, frame).top - placeOf(near, frame).top]).toEqual([100, -50]);
    const { left, top } = placeOf(pannedBy(near, frame, 1e5, 1e5), frame);
    expect([left, top]).toEqual([0, 0]);
  });

  it('leaves a picture that fits in the middle', () => {
    expect(pannedBy(FIT, frame, 50, 50)).toEqual(FIT);
  });
});

describe('withinFrame', () => {
  it('brings a view of another pane back into this one', () => {
    const view = withinFrame({ scale: 2, centreX: 0, centreY: 1 }, frame);
    const { left, top, height } = placeOf(view, frame);
    expect([left, top + height]).toEqual([0, 512]);
  });
});

describe('splitAt', () => {
  it('runs over what is seen of the picture, zoomed or not', () => {
    expect([splitAt(0, FIT, frame), splitAt(0.5, FIT, frame), splitAt(1, FIT, frame)]).toEqual([144, 400, 656]);
    const near = { scale: 4, centreX: 0.5, centreY: 0.5 };
    expect([splitAt(0, near, frame), splitAt(1, near, frame)]).toEqual([0, 800]);
  });

  it('is undone by shareAt, which stays within the picture', () => {
    expect(shareAt(splitAt(0.3, FIT, frame), FIT, frame)).toBeCloseTo(0.3, 12);
    expect([shareAt(0, FIT, frame), shareAt(800, FIT, frame)]).toEqual([0, 1]);
  });
});

it('tells a zoomed view from one that fits', () => {
  expect([isZoomed(FIT), isZoomed({ ...FIT, scale: 1.2 })]).toEqual([false, true]);
});
