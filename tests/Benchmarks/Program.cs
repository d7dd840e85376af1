using BenchmarkDotNet.Running;
using ManagedDns.Benchmarks;

// docs/benchmarks.md says how to run these and what to look at.
if (args is [ZoneSigning.Verb, .. var rest])
{
    return ZoneSigning.Run(rest);
}

BenchmarkSwitcher.FromAssembly(typeof(AnswerBenchmarks).Assembly).Run(args);
return 0;
