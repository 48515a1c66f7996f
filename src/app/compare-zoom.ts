/**
 * Which part of a picture a pane shows. One view serves several panes, so that they zoom and pan in step: it is
 * told in fractions of the picture, and each pane works out its own pixels.
 */

export interface ZoomView {
  /** 1 fits the whole picture into the pane. */
  readonly scale: number;
  /** What is in the pane's middle, in fractions of the picture. */
  readonly centreX: number;
  readonly centreY: number;
}

export const FIT: ZoomView = { scale: 1, centreX: 0.5, centreY: 0.5 };

/** Sizes in CSS pixels and in the picture's own. */
export interface Frame {
  readonly paneWidth: number;
  readonly paneHeight: number;
  readonly pictureWidth: number;
  readonly pictureHeight: number;
}

/** Where the picture lies in the pane, in CSS pixels. */
export interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A picture's pixel is at most this many CSS pixels wide. */
const LARGEST_PIXEL = 48;

const fitScale = ({ paneWidth, paneHeight, pictureWidth, pictureHeight }: Frame): number =>
  Math.min(paneWidth / pictureWidth, paneHeight / pictureHeight);

export const largestScale = (frame: Frame): number => Math.max(1, LARGEST_PIXEL / fitScale(frame));

export function placeOf(view: ZoomView, frame: Frame): Place {
  const pixel = fitScale(frame) * view.scale;
  const [width, height] = [frame.pictureWidth * pixel, frame.pictureHeight * pixel];
  return { left: frame.paneWidth / 2 - view.centreX * width, top: frame.paneHeight / 2 - view.centreY * height, width, height };
}

/** The nearest view that is neither too near nor shows more of the pane's ground than it must. */
export function withinFrame({ scale, centreX, centreY }: ZoomView, frame: Frame): ZoomView {
  const allowed = Math.min(Math.max(scale, 1), largestScale(frame));
  const { width, height } = placeOf({ ...FIT, scale: allowed }, frame);
  return { scale: allowed, centreX: kept(centreX, frame.paneWidth / width), centreY: kept(centreY, frame.paneHeight / height) };
}

/** `shown`: how much of the picture the pane takes along this side; 1 or more shows all of it, in the middle. */
function kept(centre: number, shown: number): number {
  if (shown >= 1) return 0.5;
  return Math.min(Math.max(centre, shown / 2), 1 - shown / 2);
}

/** Zooms by `factor` around a point of the pane, in CSS pixels from its corner, which stays where it is. */
export function zoomedAt(view: ZoomView, frame: Frame, factor: number, x: number, y: number): ZoomView {
  const scale = Math.min(Math.max(view.scale * factor, 1), largestScale(frame));
  const before = placeOf(view, frame);
  const [pointX, pointY] = [(x - before.left) / before.width, (y - before.top) / before.height];
  const after = placeOf({ ...FIT, scale }, frame);
  return withinFrame(
    {
      scale,
      centreX: pointX - (x - frame.paneWidth / 2) / after.width,
      centreY: pointY - (y - frame.paneHeight / 2) / after.height,
    },
    frame,
  );
}

/** Moves the picture by CSS pixels. */
export function pannedBy(view: ZoomView, frame: Frame, byX: number, byY: number): ZoomView {
  const { width, height } = placeOf(view, frame);
  return withinFrame({ ...view, centreX: view.centreX - byX / width, centreY: view.centreY - byY / height }, frame);
}

export const isZoomed = ({ scale }: ZoomView): boolean => scale > 1.001;

/** Where the split runs, in CSS pixels from the pane's left: `share` of what is seen of the picture. */
export function splitAt(share: number, view: ZoomView, frame: Frame): number {
  const [left, right] = seenSpan(view, frame);
  return left + share * (right - left);
}

/** The inverse of `splitAt`, kept within the picture. */
export function shareAt(x: number, view: ZoomView, frame: Frame): number {
  const [left, right] = seenSpan(view, frame);
  return Math.min(Math.max((x - left) / (right - left), 0), 1);
}

function seenSpan(view: ZoomView, frame: Frame): readonly [number, number] {
  const { left, width } = placeOf(view, frame);
  return [Math.max(left, 0), Math.min(left + width, frame.paneWidth)];
}
