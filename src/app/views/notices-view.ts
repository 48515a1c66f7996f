/** What went wrong, or right, in words: errors and warnings as alerts with their code, the rest as notes. */
import type { AppContext } from '../app-context.ts';
import { dismissNotice } from '../app-context.ts';
import type { AppState, Notice } from '../state.ts';
import { byId, make } from './dom.ts';

/** `retry` loads the model again. */
export function bindNotices(app: AppContext, retry: () => void): void {
  const list = byId('notices', HTMLElement);
  const shown = new Map<Notice, HTMLElement>();
  app.store.watch(({ notices }: AppState) => [notices], (notices) => {
    for (const [notice, element] of shown) {
      if (notices.includes(notice)) continue;
      element.remove();
      shown.delete(notice);
    }
    for (const notice of notices) {
      if (shown.has(notice)) continue;
      const element = makeNotice(app, notice, retry);
      shown.set(notice, element);
      list.append(element);
    }
  });

  const announcement = byId('announcement', HTMLElement);
  app.store.watch(({ announcement: text }) => [text], (text) => {
    announcement.textContent = text;
  });
}

function makeNotice(app: AppContext, notice: Notice, retry: () => void): HTMLElement {
  const body = make('div', { class: 'notice-body' }, make('p', { text: notice.text }));
  const exact = [notice.code, notice.detail].filter((part) => part !== null).join(': ');
  if (exact !== '') body.append(make('p', { class: 'notice-detail', text: exact }));
  const element = make('div', { class: `notice notice-${notice.kind}` }, body);
  element.setAttribute('role', notice.kind === 'info' ? 'status' : 'alert');
  if (notice.canRetry === true) {
    const again = make('button', { text: 'Try again' });
    again.type = 'button';
    again.addEventListener('click', retry);
    element.append(again);
  }
  const { action } = notice;
  if (action !== undefined) {
    const act = make('button', { text: action.label });
    act.type = 'button';
    act.addEventListener('click', () => {
      dismissNotice(app, notice.key);
      action.run();
    });
    element.append(act);
  }
  const close = make('button', { class: 'notice-close', text: '×' });
  close.type = 'button';
  close.ariaLabel = 'Dismiss';
  close.addEventListener('click', () => dismissNotice(app, notice.key));
  element.append(close);
  return element;
}
