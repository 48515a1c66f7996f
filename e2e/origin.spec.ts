/** Nothing leaves the page's own origin, and the policy that would stop it is strict. */
import { startStaticHost, withHost } from './fixtures/static-host.ts';
import { expect, test } from './fixtures/test.ts';

test.use({ serviceWorkers: 'allow' });

test('page, workers and service worker ask nobody but their own site', async ({ studio, page, context }) => {
  const origins = new Set<string>();
  context.on('request', (request) => origins.add(new URL(request.url()).origin));
  await withHost(await startStaticHost('/studio/'), async (url) => {
    await studio.open({ url, backend: 'wasm' });
    await studio.askFor('a red cube on a sandy floor', 3);
    await expect(studio.picture).toBeVisible();
    await page.reload();
    await expect(studio.generate).toBeEnabled();
    expect([...origins].filter((origin) => origin !== 'null')).toEqual([new URL(url).origin]);
  });
});

test('the content security policy is strict, and the page never runs against it', async ({ studio, page }) => {
  await page.addInitScript(() => {
    Object.assign(window, { violations: [] });
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
      (window as unknown as { violations: string[] }).violations.push(`${effectiveDirective} ${blockedURI}`);
    });
  });
  const violations = () => page.evaluate(() => (window as unknown as { violations: string[] }).violations);
  await withHost(await startStaticHost('/studio/'), async (url) => {
    await studio.open({ url, backend: 'wasm' });
    const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
    expect(policy).toContain("default-src 'none'");
    // The hub's own hosts, which are asked when the person says so.
    expect(policy).toContain("connect-src 'self' https://huggingface.co https://*.huggingface.co https://*.hf.co;");
    expect(policy?.replace(/connect-src[^;]*/, '')).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:|\*/);
    await studio.askFor('a red cube on a sandy floor', 3);
    await expect(studio.picture).toBeVisible();
    expect(await violations()).toEqual([]);

    const hasRun = await page.evaluate(async () => {
      const script = document.createElement('script');
      script.textContent = 'window.hasRun = true';
      document.body.append(script);
      await fetch('https://elsewhere.example/').catch(() => undefined);
      return 'hasRun' in window;
    });
    expect(hasRun).toBe(false);
    await expect.poll(violations).toEqual(['script-src-elem inline', 'connect-src https://elsewhere.example/']);
  });
});

test('on a host without headers the workers are bound as the page is', async ({ studio, page }) => {
  // The engine's worker, as this host serves it, tries to leave and tells what came of it.
  const hook = `{
    const told = new BroadcastChannel('attempt');
    addEventListener('securitypolicyviolation', ({ effectiveDirective }) => told.postMessage(effectiveDirective));
    fetch('https://elsewhere.example/').then(
      () => told.postMessage('answered'),
      () => setTimeout(() => told.postMessage('failed for another reason'), 2000),
    );
  }`;
  await page.addInitScript(() => {
    const channel = new BroadcastChannel('attempt');
    const attempts: unknown[] = [];
    channel.addEventListener('message', ({ data }) => attempts.push(data));
    Object.assign(window, { attempts });
  });
  const host = await startStaticHost('/studio/', {
    edit: (file, text) => (file.includes('engine.worker') ? hook + text : text),
  });
  await withHost(host, async (url) => {
    await studio.open({ url, backend: 'wasm' });
    await expect.poll(() => page.evaluate(() => (window as unknown as { attempts: unknown[] }).attempts[0])).toBe('connect-src');
  });
});
