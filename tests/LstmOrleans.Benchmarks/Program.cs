using System.CommandLine;
using LstmOrleans.Benchmarks.Core;
using LstmOrleans.Benchmarks.Core.Peers;
using LstmOrleans.Benchmarks.Failover;
using LstmOrleans.Benchmarks.Storage;
using LstmOrleans.Benchmarks.Streams;
using LstmOrleans.Benchmarks.Telemetry;
using LstmOrleans.Benchmarks.Vectors;

var root = new RootCommand("Benchmarks of LstmOrleans. Run them with -c Release on a quiet machine.")
{
    CoreBenchmark.Create(),
    StreamsBenchmark.Create(),
    StreamsServer.Create(),
    TelemetryBenchmark.Create(),
    FailoverBenchmark.Create(),
    StorageBenchmark.Create(),
    VectorsCommand.Create(),
};
if (LibtorchPeer.ChildCommand is { } child)
    root.Add(child);
return await root.Parse(args).InvokeAsync();
