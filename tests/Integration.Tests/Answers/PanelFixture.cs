namespace ManagedDns.Integration.Tests.Answers;

/// <summary>One panel for all tests of a class.</summary>
public sealed class PanelFixture : IAsyncLifetime
{
    public Panel Panel { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Panel = await Panel.StartAsync(AnswerZone.All, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => Panel?.DisposeAsync() ?? ValueTask.CompletedTask;
}
