/** The sizes a model can draw: each is graphs of its own over the same weights. */
import type { FluxManifest, ImageSize, Manifest, ZImageSize } from '../protocol/manifest.ts';

/** The bundle's own size first. */
export function sizesOf(manifest: Manifest): readonly (FluxManifest | ZImageSize)[] {
  return manifest.pipeline === 'flux' ? [manifest] : [manifest, ...(manifest.otherSizes ?? [])];
}

/** `128×192`, width first. */
export const sizeName = ({ width, height }: ImageSize): string => `${width}×${height}`;

/** The manifest as if it had been written for that size; null when it has no such size. */
export function manifestAtSize(manifest: Manifest, size: string): Manifest | null {
  if (sizeName(manifest.image) === size) return manifest;
  if (manifest.pipeline === 'flux') return null;
  const { otherSizes = [], image, latent, binding, residual, components } = manifest;
  const found = otherSizes.find((other) => sizeName(other.image) === size);
  if (found === undefined) return null;
  const { full, cached, vaeDecoder } = components;
  const before: ZImageSize = { image, latent, binding, residual, components: { full, cached, vaeDecoder } };
  return {
    ...manifest,
    ...found,
    components: { ...components, ...found.components },
    otherSizes: [before, ...otherSizes.filter((other) => other !== found)],
  };
}
