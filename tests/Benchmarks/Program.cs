using BenchmarkDotNet.Running;

// docs/benchmarks.md says how to run these and what to look at.
BenchmarkSwitcher.FromAssembly(typeof(ManagedDns.Benchmarks.AnswerBenchmarks).Assembly).Run(args);
