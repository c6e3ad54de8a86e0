using System.CommandLine;
using LstmOrleans.Benchmarks.Storage;
using LstmOrleans.Benchmarks.Streams;
using LstmOrleans.Benchmarks.Vectors;

return await new RootCommand("Benchmarks of LstmOrleans. Run them with -c Release on a quiet machine.")
{
    StreamsBenchmark.Create(),
    StreamsServer.Create(),
    StorageBenchmark.Create(),
    VectorsCommand.Create(),
}.Parse(args).InvokeAsync();
