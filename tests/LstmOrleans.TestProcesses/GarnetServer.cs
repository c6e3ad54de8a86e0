using LstmOrleans.Processes;

namespace LstmOrleans.TestProcesses;

/// <summary>A real Garnet that keeps what it acknowledged.</summary>
public sealed class GarnetServer : RespServer
{
    private readonly GarnetSetup _setup;

    private GarnetServer(string folder, int port, GarnetSetup setup, string? password)
        : base(folder, port, password) => _setup = setup;

    /// <summary>Starts a server on a folder, which keeps its data, and waits until it answers.</summary>
    /// <param name="folder">Its checkpoint folder.</param>
    /// <param name="port">A free port.</param>
    /// <param name="setup">Whether it keeps what it acknowledged.</param>
    /// <param name="password">What clients have to give; null = nothing.</param>
    /// <exception cref="InvalidOperationException">It did not start; the message has its output.</exception>
    public static async Task<GarnetServer> StartAsync(string folder, int port, GarnetSetup setup = GarnetSetup.Durable, string? password = null)
    {
        var server = new GarnetServer(folder, port, setup, password);
        await server.RestartAsync();
        return server;
    }

    /// <inheritdoc />
    protected override string[] Command() =>
        GarnetTool.Program.Command(Folder, Port, _setup != GarnetSetup.LosesWrites, Password, _setup == GarnetSetup.ShortLog ? "16m" : GarnetProgram.LogLimit);
}
