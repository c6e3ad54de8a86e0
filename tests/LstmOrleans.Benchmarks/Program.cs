using System.CommandLine;
using LstmOrleans.Benchmarks.Storage;
using LstmOrleans.Benchmarks.Streams;

return await new RootCommand("Benchmarks of LstmOrleans. Run them with -c Release on a quiet machine.")
{
    StreamsBenchmark.Create(),
    StreamsServer.Create(),
    StorageBenchmark.Create(),
}.Parse(args).InvokeAsync();
