#!/usr/bin/env node
import '@tenas/cli/bin/tenas.js';
