/** The engine's worker: owns the device and every session. See workers/engine/. */
import { expose } from 'comlink';
import type { EngineApi } from '../src/protocol/engine.ts';
import { Engine } from './engine/engine.ts';
import { holdLifeLock } from './life-lock.ts';

holdLifeLock();
expose(new Engine() satisfies EngineApi);
