using System.Diagnostics;
using LstmOrleans.Cluster.Tests.Streams;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.Silo.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LstmOrleans.Cluster.Tests.Models;

public sealed class ModelStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lstm-store-").FullName;

    [Fact]
    public async Task Load_WarningsOfTheShape_AreLoggedOnceAtLoad()
    {
        var parameters = TestModels.Small();
        var one = parameters with { Shape = parameters.Shape with { NumLayers = 1, Dropout = 0.2 }, Layers = [parameters.Layers[0]] };
        var hash = new ModelDirectory(_folder).Add(one, "one");
        var log = new Lines();
        var store = new ModelStore(Options.Create(new ModelStoreOptions { Directory = _folder }), log);

        var (model, _) = await store.LoadAsync(hash);
        var (again, _) = await store.LoadAsync(hash);

        Assert.Same(model, again);
        Assert.Equal([(LogLevel.Warning, $"Model {hash}: {one.Shape.Warnings.Single()}")], log.All);
        GC.KeepAlive(model);
    }

    [Fact]
    public async Task Load_NothingToWarnOf_LogsNothing()
    {
        var hash = new ModelDirectory(_folder).Add(TestModels.Small().WithPrecision(WeightPrecision.BFloat16), "small");
        var log = new Lines();

        var (model, _) = await new ModelStore(Options.Create(new ModelStoreOptions { Directory = _folder }), log).LoadAsync(hash);

        Assert.Equal(WeightPrecision.BFloat16, model!.Precision);
        Assert.Empty(log.All);
    }

    // A named pipe is a file that hangs until somebody writes into it.
    [Fact]
    public async Task Load_ThatHangs_TakesNoThreadOfThePool_AndHoldsUpNoOtherModel()
    {
        Assert.SkipWhen(!OperatingSystem.IsLinux(), "Makes a named pipe.");
        var directory = new ModelDirectory(_folder);
        ModelHash hangs = directory.Add(TestModels.Small(seed: 1), "hangs"), serves = directory.Add(TestModels.Small(seed: 2), "serves");
        string file = Directory.GetFiles(_folder, $"*{hangs}*", SearchOption.AllDirectories).Single();
        File.Delete(file);
        using (var mkfifo = Process.Start("mkfifo", [file]))
            await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        var store = new ModelStore(Options.Create(new ModelStoreOptions { Directory = _folder }), new Lines()) { Patience = TimeSpan.FromMilliseconds(10) };

        var waiting = Enumerable.Range(0, 200).Select(_ => store.BeginLoad(hangs)).ToArray();

        Assert.All(waiting, load => Assert.Same(waiting[0], load));
        Assert.NotNull((await store.LoadAsync(serves)).Model);
        // Who called does not wait for ever; the load goes on for those who come later.
        var (none, problem) = await store.LoadAsync(hangs);
        Assert.Null(none);
        Assert.Contains(_folder, problem, StringComparison.Ordinal);
        Assert.False(waiting[0].IsCompleted);
        // However a pipe is read: it ends.
        File.OpenWrite(file).Dispose();
        await Record.ExceptionAsync(() => waiting[0]);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private sealed class Lines : ILogger<ModelStore>
    {
        public List<(LogLevel Level, string Text)> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Add((logLevel, formatter(state, exception)));
    }
}
