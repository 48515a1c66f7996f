/** One sentence or two for a person per error code: what happened, what is kept, what to do. */
import type { ErrorCode } from '../protocol/errors.ts';

export const ERROR_TEXT: Readonly<Record<ErrorCode, string>> = {
  'webgpu-unavailable':
    'This browser gives the page no WebGPU. Your settings are kept; open the page without “backend=webgpu” and it runs on the processor instead.',
  'adapter-limit':
    'The graphics card cannot hold this model. Your settings are kept; open the page with “backend=wasm” to use the processor.',
  'device-lost':
    'The graphics card stopped answering. Finished pictures and your settings are kept; press Generate to start it again.',
  'out-of-memory':
    'The browser ran out of memory. Your settings are kept; close other tabs and press Generate again.',
  'download-failed':
    'A file of the model or its policies did not arrive. Your settings and what has arrived are kept; check the connection and try again.',
  'integrity-mismatch':
    'A file of the model is damaged: it is not the file this page expects, so it was not used. Your settings are kept; try again, and if it stays so, the copy on the site is broken.',
  'quota-exceeded':
    'The browser has no room left to store this. What was stored before is kept; free some space for this site and try again.',
  'storage-unavailable':
    'The browser lets this page store nothing. Everything works, but policies and settings are kept until this page is closed, no longer.',
  'model-invalid':
    'The model’s description does not make sense to this page, so nothing was loaded. Your settings are kept; a newer page or another model is needed.',
  'policy-invalid': 'This is not a policy that can be used, so it was left out. The other policies are unchanged.',
  'policy-mismatch':
    'This policy was made for something else, so it was refused. The other policies are unchanged; pick a policy made for this model.',
  'request-invalid': 'These settings cannot be run. Nothing is lost; change them and press Generate again.',
  'picture-invalid':
    'A stored picture is damaged or gone and cannot be shown. The other pictures are unchanged.',
  'clipboard-unavailable':
    'The browser did not let this page use the clipboard. Nothing is lost; Download saves the picture as a file instead.',
  cancelled: 'The run was cancelled. Earlier pictures and your settings are kept.',
  'worker-died':
    'The part of the page that makes pictures stopped. Finished pictures and your settings are kept; press Generate to start it again.',
  internal:
    'Something went wrong inside the page. Finished pictures and your settings are kept; try again, or reload the page.',
};
