using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LstmOrleans.Hosting.Dashboard.Doors;

/// <summary>Refuses the start of a process whose dashboard would be open to a network, before anything listens; and once more by what really listens.</summary>
internal sealed class DoorCheck : IHostedLifecycleService
{
    private readonly IServiceProvider _services;
    private readonly LstmDashboardOptions _options;
    private readonly IServer _http;

    public DoorCheck(IServiceProvider services, LstmDashboardOptions options, IServer http) => (_services, _options, _http) = (services, options, http);

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        _services.GetRequiredService<DoorPolicy>();
        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        // Addresses can be added in code, where no configuration shows them.
        DoorPolicy.Create(_options, [.. (_http.Features.Get<IServerAddressesFeature>()?.Addresses ?? []).Select(ListeningAddress.Parse)]);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
