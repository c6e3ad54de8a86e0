using LstmOrleans.Client.Tests.Cli;
using LstmOrleans.Client.Tests.Recording;
using LstmOrleans.TestProcesses;

[assembly: AssemblyFixture(typeof(SharedServer))]

namespace LstmOrleans.Client.Tests.Cli;

/// <summary>The process behind <see cref="ServerFixture"/>, started when the first class asks for it.</summary>
public sealed class SharedServer : IAsyncDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly Lazy<Task<LstmServer>> _server;

    public SharedServer() => _server = new(StartAsync);

    public string Data => File("data");

    public Task<LstmServer> GetAsync() => _server.Value;

    public string File(string name) => _folder.File(name);

    public async ValueTask DisposeAsync()
    {
        if (_server.IsValueCreated)
            await (await _server.Value).DisposeAsync();
        _folder.Dispose();
    }

    private async Task<LstmServer> StartAsync()
    {
        await ServerFixture.ImportAsync(Data);
        return await ServerProcess.StartAsync(Data, ("WindowAnswers", ServerFixture.Window));
    }
}
